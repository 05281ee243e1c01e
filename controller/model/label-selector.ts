// Which labels a selector selects, as Kubernetes has it.
import type { LabelRequirement, LabelSelector } from './workload.ts'

/** Whether a label selector selects these labels; as in Kubernetes, an empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labelOf(labels, key) !== value) return false
  }
  return (selector.matchExpressions ?? []).every((requirement) => satisfies(requirement, labels))
}

function satisfies(requirement: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labelOf(labels, requirement.key)
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && (requirement.values ?? []).includes(value)
    case 'NotIn':
      // As in Kubernetes, a pod without the label satisfies NotIn.
      return value === undefined || !(requirement.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}
