export { box, FTYP, moof, moov } from './make-boxes.ts'
