// A pod as the API server would send it, for tests of the kubelet's rules.
import { type Pod, parsePod } from '../../../sandbox/kubelet/objects.ts'

export function aPod(spec: object = {}, status: object = {}, metadata: object = {}): Pod {
  return parsePod({
    metadata: { name: 'pod-1', namespace: 'default', uid: 'uid-1', labels: { app: 'shop' }, ...metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', command: ['true'] }], ...spec },
    status,
  })
}
