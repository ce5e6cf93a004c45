// The package brings no types.
declare module 'm3u8-parser' {
  type Manifest = {
    readonly mediaSequence: number
    readonly discontinuitySequence: number
    readonly targetDuration: number
    readonly endList?: boolean
    readonly independentSegments?: boolean
    readonly segments: ReadonlyArray<{
      readonly uri: string
      readonly duration: number
      readonly programDateTime: number
      readonly discontinuity?: boolean
      readonly map?: { readonly uri: string }
    }>
    readonly playlists?: ReadonlyArray<{
      readonly uri: string
      readonly attributes: Readonly<Record<string, unknown>>
    }>
  }
  export class Parser {
    readonly manifest: Manifest
    push(text: string): void
    end(): void
    on(event: 'warn' | 'info' | 'error', listener: (event: { readonly message: string }) => void): void
  }
  const module: { readonly Parser: typeof Parser }
  export default module
}
