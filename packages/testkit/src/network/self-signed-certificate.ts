import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * A fresh key and an X.509 certificate (RFC 5280 section 4.1) that no authority signed, so that no
 * key lies in the repository.
 */
export function createSelfSignedCertificate(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'))
  const commonName = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('localhost')))
  const name = der(0x30, der(0x31, commonName))
  const validity = der(0x30, utcTime('200101000000Z'), utcTime('491231235959Z'))
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const serial = der(0x02, Buffer.from([1]))
  const signed = der(0x30, serial, ecdsaWithSha256, name, validity, name, subjectKey)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey))
  const certificate = der(0x30, signed, ecdsaWithSha256, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  }
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
