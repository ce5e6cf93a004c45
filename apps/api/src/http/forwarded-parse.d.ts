declare module 'forwarded-parse' {
  /**
   * The hops of a `Forwarded` field (RFC 7239), the first one being nearest to the client; names in
   * lower case.
   *
   * @throws when the field is not well-formed
   */
  export default function parse(field: string): Array<Readonly<Record<string, string>>>
}
