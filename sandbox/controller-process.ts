// The controller of the sandbox: `evenkeel run` as in production, in a process of its own, started again when it ends.
import { join } from 'node:path'
import { PACKAGE_ROOT } from './package-root.ts'
import { freePort } from './ports.ts'
import { supervise } from './processes/supervised.ts'

export interface ControllerProcess {
  /** http://127.0.0.1:port, with /metrics, /livez and /readyz. */
  readonly url: string
  /** Where it serves flags: the base URL of OFREP, and host:port of flagd's sync. */
  readonly flags: { readonly ofrep: string; readonly flagd: string }
  /** Where it tells load balancers which pods to use. */
  readonly probes: string
  readonly pid: number | undefined
  readonly restarts: number
  stop(): Promise<void>
}

/** Quick, since there is nobody else who could hold the lease for long: a controller that was killed is back in seconds. */
const LEASE = { EVENKEEL_LEASE_DURATION: '3s', EVENKEEL_RENEW_DEADLINE: '2s', EVENKEEL_LEASE_RETRY: '500ms' } as const
const GRACE_MS = 3_000

export async function startController(options: {
  readonly kubeconfig: string
  readonly logFile: string
  /** Told in one sentence of each end that was not asked for. */
  readonly onEnd: (what: string) => void
}): Promise<ControllerProcess> {
  const listen = `127.0.0.1:${await freePort()}`
  const ofrep = `127.0.0.1:${await freePort()}`
  const flagd = `127.0.0.1:${await freePort()}`
  const probes = `127.0.0.1:${await freePort()}`
  const supervised = supervise({
    command: [
      process.execPath,
      join(PACKAGE_ROOT, 'bin', 'evenkeel.js'),
      'run',
      '--kubeconfig',
      options.kubeconfig,
      '--listen',
      listen,
    ],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      EVENKEEL_FLAGS_LISTEN: ofrep,
      EVENKEEL_FLAGS_GRPC_LISTEN: flagd,
      EVENKEEL_PROBES_LISTEN: probes,
      // Nobody asks in the dialect of HAProxy here.
      EVENKEEL_PROBES_AGENT_LISTEN: 'off',
      ...LEASE,
    },
    logFile: options.logFile,
    onExit: ({ code, signal }) =>
      options.onEnd(
        `the controller ended (${signal ?? `exit code ${code}`}) and is started again; its log is ${options.logFile}`,
      ),
  })
  return {
    url: `http://${listen}`,
    flags: { ofrep: `http://${ofrep}`, flagd },
    probes: `http://${probes}`,
    get pid() {
      return supervised.pid
    },
    get restarts() {
      return supervised.restarts
    },
    stop: () => supervised.stop(GRACE_MS),
  }
}
