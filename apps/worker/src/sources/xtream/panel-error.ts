/** A panel's answer that cannot be used. `code` is stable, for machines. */
export class PanelError extends Error {
  override readonly name = 'PanelError'
  readonly code: 'not-json' | 'cut-off' | 'login-refused' | 'no-panel'

  /** @param message one sentence, without anything that the panel wrote */
  constructor(code: PanelError['code'], message: string) {
    super(message)
    this.code = code
  }
}
