// Secrets as the API server gives them, and certificates for servers of their own.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ANNOTATIONS } from '../../../controller/model/names.ts'

/** A Secret for this URL, with these texts. */
export function aSecret(url: string | undefined, data: Readonly<Record<string, string>>, type = 'Opaque') {
  const annotations = url === undefined ? {} : { [ANNOTATIONS.prometheusUrl]: url }
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name: 'prom', annotations },
    type,
    data: Object.fromEntries(encoded),
  }
}

/** A certificate for 127.0.0.1 that nobody but itself vouches for, and its key, in PEM. */
export function ownCertificate(): { readonly certificate: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-certificate-'))
  try {
    const config =
      '[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=prometheus\n[ext]\nsubjectAltName=IP:127.0.0.1\n'
    writeFileSync(join(folder, 'config'), config)
    const args = 'req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key -out certificate -config config'
    execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' })
    return {
      certificate: readFileSync(join(folder, 'certificate'), 'utf8'),
      key: readFileSync(join(folder, 'key'), 'utf8'),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
