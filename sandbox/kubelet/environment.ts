// What a container's process is started with: its command and its environment variables.
import { dirname, resolve } from 'node:path'
import type { Container, Pod } from './objects.ts'

export interface Launch {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/** Taken over from us, since there is no image to bring them. */
const INHERITED = ['HOME', 'LANG', 'TMPDIR', 'TZ'] as const

/**
 * The command, environment and folder of a container. Its own variables come on top of POD_IP, POD_NAME, POD_NAMESPACE,
 * NODE_NAME and HOSTNAME. `$(NAME)` is replaced as Kubernetes does it. Folders are relative to `rootFolder`. Throws when the
 * container asks for what only an image or a Secret could give.
 */
export function launchOf(pod: Pod, container: Container, address: string, rootFolder: string): Launch {
  if (pod.spec.initContainers.length > 0) throw new Error('a process kubelet runs no initContainers: remove them')
  if (container.envFrom.length > 0) throw new Error(`container ${container.name}: envFrom is not supported, use env`)
  const env: Record<string, string> = { ...baseEnvironment(pod, address) }
  for (const variable of container.env) {
    env[variable.name] =
      variable.valueFrom === undefined
        ? expand(variable.value, env)
        : fieldOf(pod, address, container.name, variable.name, variable.valueFrom.fieldRef?.fieldPath)
  }
  const [program, ...rest] = [...container.command, ...container.args].map((word) => expand(word, env))
  if (program === undefined) {
    throw new Error(`container ${container.name} has no command: a process kubelet can't run an image, only a command`)
  }
  return { command: [program, ...rest], env, cwd: resolve(rootFolder, container.workingDir ?? '.') }
}

/** Replaces $(NAME) by its value and `$$` by `$`, as Kubernetes does; an unknown name is left as it is. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (all: string, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? all),
  )
}

function baseEnvironment(pod: Pod, address: string): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return {
    ...Object.fromEntries(inherited),
    // `node` in a pod's command is the Node that runs us, whatever the system has.
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOSTNAME: pod.metadata.name,
    POD_IP: address,
    POD_NAME: pod.metadata.name,
    POD_NAMESPACE: pod.metadata.namespace,
    NODE_NAME: pod.spec.nodeName,
  }
}

function fieldOf(pod: Pod, address: string, container: string, name: string, path: string | undefined): string {
  const label = path?.match(/^metadata\.labels\['(.+)'\]$/)?.[1]
  if (label !== undefined) return pod.metadata.labels[label] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name
    case 'metadata.namespace':
      return pod.metadata.namespace
    case 'metadata.uid':
      return pod.metadata.uid
    case 'spec.nodeName':
      return pod.spec.nodeName
    case 'status.podIP':
    case 'status.hostIP':
      return address
    default:
      throw new Error(
        `container ${container}, env ${name}: only value and fieldRef to metadata, nodeName and podIP work here`,
      )
  }
}
