// The last line: the keys, and how to look at the cluster from another terminal.
import type { Glyphs } from '../glyphs.ts'
import type { FaultView } from '../model.ts'
import { bold, clean, dim, fitLine, type Line, lineWidth, span } from '../text.ts'

export interface FooterOptions {
  /** Where the kubeconfig lies; shown as a command to copy. */
  readonly kubeconfig?: string
}

export interface FooterFacts {
  readonly fault: FaultView | undefined
  readonly canSwitchFault: boolean
  readonly hasSummary: boolean
  readonly options: FooterOptions
}

export function footer(
  { fault, canSwitchFault, hasSummary, options }: FooterFacts,
  width: number,
  glyphs: Glyphs,
): Line {
  const key = (name: string, what: string): Line => [bold(name), dim(` ${what}   `)]
  const keys = [
    ...key('q', 'quit'),
    ...(canSwitchFault ? key('f', `fault ${fault?.isOn ? 'off' : 'on'}`) : []),
    ...(hasSummary ? key('s', 'summary') : []),
    ...key('?', 'help'),
  ]
  if (options.kubeconfig === undefined) return fitLine(keys, width, glyphs.ellipsis)
  const path = clean(options.kubeconfig)
  const room = width - lineWidth(keys)
  // A command that was cut short is of no use: the whole one, a shorter one, or none.
  const command = [
    ` kubectl --kubeconfig ${path} get guards -A`,
    ` kubectl --kubeconfig ${path}`,
    ` KUBECONFIG=${path}`,
  ].find((text) => text.length <= room)
  return command === undefined
    ? fitLine(keys, width, glyphs.ellipsis)
    : [...keys, span(' '.repeat(room - command.length)), dim(command)]
}
