// YAML as it is checked in and diffed: keys in the order in which they are written, long lines left whole.
import { stringify } from 'yaml'

export function yaml(value: unknown, comment: string): string {
  return `# ${comment}\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`
}
