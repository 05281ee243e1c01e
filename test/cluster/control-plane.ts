// The real Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager with a folder of their own.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { freePort } from '../../sandbox/ports.ts'
import { createTemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { findBinaries } from './binaries.ts'
import { type Server, startServer, waitUntilReady } from './server.ts'
import { type User, writeUsers } from './users.ts'

const PROBE_TIMEOUT_MS = 2_000

export interface ControlPlane {
  /** Of the API server: https://127.0.0.1:port. */
  readonly url: string
  /** Path of the kubeconfig of `admin`, who may do everything. */
  readonly kubeconfig: string
  /** Path of the kubeconfig of another user; RBAC alone says what they may do. */
  kubeconfigFor(user: User): string
  /** The bearer token in that kubeconfig, for a request by hand. */
  tokenFor(user: User): string
  /** PEM file that verifies the API server's certificate. */
  readonly caFile: string
  /** Has one log file per server. Removed by `stop`. */
  readonly folder: string
  /** Kills the API server (SIGKILL): connections are reset, new ones refused. */
  stopApiServer(): Promise<void>
  /** Starts it again on the same port with the same data; resolves when it is ready. */
  startApiServer(): Promise<void>
  /** Halts the API server (SIGSTOP): connections stay open and nothing answers. */
  freezeApiServer(): void
  /** Lets a frozen API server go on. */
  thawApiServer(): void
  /** Kills all three and removes the folder. */
  stop(): Promise<void>
}

export interface ControlPlaneOptions {
  /** Controllers of kube-controller-manager to leave out, by its names for them: those that a test brings itself. */
  readonly withoutControllers?: readonly string[]
  /** From which Services get their addresses, as a CIDR; default 10.0.0.0/24, where nobody can listen. */
  readonly serviceRange?: string
}

/**
 * Starts a control plane and resolves when `/readyz` returns 200: about 3 s. There is no kubelet and no scheduler: see
 * sandbox/kubelet. It dies with this process, however that ends. Throws with the end of the log of what didn't start.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries()
  const temporary = createTemporaryFolder('evenkeel-control-plane-')
  const folder = temporary.path
  const running = new Set<Server>()

  function start(command: readonly [string, ...string[]]): Server {
    const server = startServer(folder, command)
    running.add(server)
    return server
  }

  async function kill(server: Server): Promise<void> {
    server.process.signal('SIGKILL')
    await server.process.exited
    running.delete(server)
  }

  async function stop(): Promise<void> {
    await Promise.all([...running].map(kill))
    await temporary.remove()
  }

  try {
    const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()]
    const etcdUrl = `http://127.0.0.1:${etcdPort}`
    const url = `https://127.0.0.1:${apiPort}`
    // The API server makes its own certificate at its first start, and finds it again at the next.
    const caFile = join(folder, 'apiserver.crt')
    const users = writeUsers(folder, url, caFile)
    const keyFile = writeServiceAccountKey(folder)

    const etcd = start(etcdCommand(binaries.etcd, folder, etcdUrl, `http://127.0.0.1:${peerPort}`))
    await waitUntilReady(etcd, () => answersOk(`${etcdUrl}/health`))

    const { serviceRange = '10.0.0.0/24' } = options
    const apiCommand = apiServerCommand(binaries.kubeApiserver, {
      folder,
      etcdUrl,
      apiPort,
      keyFile,
      serviceRange,
      ...users,
    })
    const launchApiServer = async () => {
      const server = start(apiCommand)
      await waitUntilReady(server, () => isApiReady(url, caFile, users.tokenOf('admin')))
      return server
    }
    let apiServer = await launchApiServer()
    start(
      controllerManagerCommand(binaries.kubeControllerManager, {
        kubeconfig: users.kubeconfigOf('kube-controller-manager'),
        keyFile,
        without: ['nodeipam', 'nodelifecycle', ...(options.withoutControllers ?? [])],
      }),
    )

    return {
      url,
      kubeconfig: users.kubeconfigOf('admin'),
      kubeconfigFor: users.kubeconfigOf,
      tokenFor: users.tokenOf,
      caFile,
      folder,
      stopApiServer: () => kill(apiServer),
      async startApiServer() {
        if (apiServer.process.exit() === undefined) throw new Error('the API server runs already: stop it first')
        apiServer = await launchApiServer()
      },
      freezeApiServer: () => apiServer.process.signal('SIGSTOP'),
      thawApiServer: () => apiServer.process.signal('SIGCONT'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function etcdCommand(etcd: string, folder: string, url: string, peerUrl: string): [string, ...string[]] {
  return [
    etcd,
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
  ]
}

interface ApiServerOptions {
  readonly folder: string
  readonly etcdUrl: string
  readonly apiPort: number
  readonly keyFile: string
  readonly tokenFile: string
  readonly serviceRange: string
}

function apiServerCommand(binary: string, options: ApiServerOptions): [string, ...string[]] {
  return [
    binary,
    `--etcd-servers=${options.etcdUrl}`,
    `--secure-port=${options.apiPort}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${options.folder}`,
    `--token-auth-file=${options.tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${options.keyFile}`,
    `--service-account-key-file=${options.keyFile}`,
    `--service-cluster-ip-range=${options.serviceRange}`,
    // No kubelet mounts the tokens that this plugin would ask for.
    '--disable-admission-plugins=ServiceAccount',
  ]
}

interface ControllerManagerOptions {
  readonly kubeconfig: string
  readonly keyFile: string
  readonly without: readonly string[]
}

function controllerManagerCommand(
  binary: string,
  { kubeconfig, keyFile, without }: ControllerManagerOptions,
): [string, ...string[]] {
  return [
    binary,
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${keyFile}`,
    `--controllers=${['*', ...without.map((name) => `-${name}`)].join()}`,
    '--leader-elect=false',
    // Nobody asks it anything, and its default ports would clash with those of another control plane.
    '--port=0',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]
}

function writeServiceAccountKey(folder: string): string {
  const file = join(folder, 'service-account.key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(file, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
  return file
}

async function isApiReady(url: string, caFile: string, token: string): Promise<boolean> {
  if (!existsSync(caFile)) return false
  return answersOk(`${url}/readyz`, { authorization: `Bearer ${token}` }, readFileSync(caFile))
}

async function answersOk(url: string, headers: Record<string, string> = {}, ca?: Buffer): Promise<boolean> {
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } })
  try {
    const response = await request(url, { dispatcher, headers, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
    await response.body.dump()
    return response.statusCode === 200
  } finally {
    await dispatcher.destroy()
  }
}
