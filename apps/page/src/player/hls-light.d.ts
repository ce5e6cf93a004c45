/** The build without separate tracks for audio and subtitles; its types are those of the whole. */
declare module 'hls.js/light' {
  export { default } from 'hls.js'
}
