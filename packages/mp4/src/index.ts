export { type Mp4Fragment, Mp4Reader } from './mp4-reader.ts'
