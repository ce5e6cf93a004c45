export { MAX_BOX_BYTES } from './box-splitter.ts'
export { type Mp4Fragment, Mp4Reader, type Mp4ReaderEvents } from './mp4-reader.ts'
