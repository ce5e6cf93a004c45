export { box, FTYP, moof, moov, words } from './make-boxes.ts'
