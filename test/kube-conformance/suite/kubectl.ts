// kubectl against this server, when there is one on the PATH.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { DEPLOYMENTS, deployment, GUARDS, guard, NEW_EVENTS, PODS, pod } from './paths.ts'
import { textAt } from './read.ts'
import { expectCode, freshName, NAMESPACE, type Subject } from './subject.ts'

const run = promisify(execFile)

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export function kubectlTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const kubectl = async (...args: string[]) => {
    const { stdout } = await run('kubectl', ['--kubeconfig', subject().kubeconfigPath, '-n', NAMESPACE, ...args])
    return stdout
  }
  const headings = (output: string) =>
    output
      .split('\n')[0]
      ?.trim()
      .split(/\s{2,}/)

  describe.skipIf(!hasKubectl())('kubectl', () => {
    test('gets Guards of all namespaces with the columns of the CRD', async () => {
      const name = freshName('seen')
      expectCode(await call('POST', GUARDS, { body: guard(name) }), 201)
      const output = await kubectl('get', 'guards', '-A')
      expect(headings(output)?.slice(0, 4)).toEqual(['NAMESPACE', 'NAME', 'MODE', 'TARGET'])
      expect(output).toMatch(new RegExp(`^${NAMESPACE}\\s+${name}\\s+Observe\\s+checkout`, 'm'))
    })

    test('gets pods, by short name and wide', async () => {
      const name = freshName('seen')
      expectCode(await call('POST', PODS, { body: pod(name, { nodeName: 'n1' }) }), 201)
      const output = await kubectl('get', 'po', name)
      expect(headings(output)).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'])
      expect(output).toMatch(new RegExp(`^${name}\\s+0/1\\s+Pending\\s+0\\s+\\d+s`, 'm'))
      expect(headings(await kubectl('get', 'pods', '-o', 'wide'))).toEqual([
        'NAME',
        'READY',
        'STATUS',
        'RESTARTS',
        'AGE',
        'IP',
        'NODE',
        'NOMINATED NODE',
        'READINESS GATES',
      ])
    })

    test('describes a Guard with the events about it', async () => {
      const made = expectCode(await call('POST', GUARDS, { body: guard(freshName('seen')) }), 201)
      const [name, uid] = [textAt(made, 'metadata', 'name') ?? '', textAt(made, 'metadata', 'uid')]
      const regarding = { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'Guard', namespace: NAMESPACE, name, uid }
      const body = {
        metadata: { name: freshName('event') },
        eventTime: new Date().toISOString().replace('Z', '000Z'),
        reportingController: 'evenkeel.dev/controller',
        reportingInstance: 'one',
        action: 'Evaluate',
        reason: 'LimitBreached',
        type: 'Warning',
        note: 'p99 is too high',
        regarding,
      }
      expectCode(await call('POST', NEW_EVENTS, { body }), 201)
      const output = await kubectl('describe', 'guard', name)
      expect(output).toMatch(/^Kind:\s+Guard$/m)
      expect(output).toMatch(/Mode:\s+Observe/)
      expect(output).toMatch(/Warning\s+LimitBreached.*p99 is too high/)
      expect(await kubectl('get', 'events')).toMatch(
        new RegExp(`Warning\\s+LimitBreached\\s+guard/${name}\\s+p99 is too high`),
      )
    })

    test('describes a pod and a Deployment', async () => {
      const name = freshName('seen')
      expectCode(await call('POST', PODS, { body: pod(name) }), 201)
      expect(await kubectl('describe', 'pod', name)).toMatch(/^Status:\s+Pending$/m)
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name, { paused: true }) }), 201)
      expect(await kubectl('describe', 'deployment', name)).toMatch(/^StrategyType:\s+RollingUpdate$/m)
    })

    test('scales, patches, labels and deletes', async () => {
      const name = freshName('changed')
      expectCode(await call('POST', DEPLOYMENTS, { body: deployment(name, { paused: true }) }), 201)
      await kubectl('scale', `deployment/${name}`, '--replicas=2')
      expect(await kubectl('get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}')).toBe('2')
      await kubectl('patch', 'deployment', name, '--type', 'merge', '-p', '{"spec":{"replicas":0}}')
      await kubectl('label', 'deployment', name, 'a=b')
      expect(await kubectl('get', 'deployment', '-l', 'a=b', '-o', 'name')).toBe(`deployment.apps/${name}\n`)
      expect(await kubectl('delete', 'deployment', name)).toContain('deleted')
    })

    test('applies a file, and again, and by the server', async () => {
      const name = freshName('filed')
      const apply = (...args: string[]) => {
        const running = run('kubectl', [
          '--kubeconfig',
          subject().kubeconfigPath,
          '-n',
          NAMESPACE,
          'apply',
          '--validate=false',
          ...args,
          '-f',
          '-',
        ])
        running.child.stdin?.end(JSON.stringify(guard(name, { mode: 'Enforce' })))
        return running
      }
      expect((await apply()).stdout).toContain('created')
      expect((await apply()).stdout).toContain('unchanged')
      expect((await apply('--server-side', '--force-conflicts')).stdout).toContain('serverside-applied')
    })
  })
}
