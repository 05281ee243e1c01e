// Under which name a person asks for something: what Evenkeel writes down beside their reason.
import type { Config } from '../config.ts'
import { loadKubeconfig } from '../kube/kubeconfig.ts'

/** The user of the kubeconfig, else of the machine. */
export async function whoAmI(config: Config): Promise<string> {
  const source = { kubeconfigPath: config.kubeconfig || undefined, context: config.context || undefined }
  const user = (await loadKubeconfig(source)).config.getCurrentUser()?.name
  return user || process.env.USER || 'unknown'
}
