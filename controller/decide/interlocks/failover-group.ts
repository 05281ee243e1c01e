// A fresh read of the FailoverGroup must confirm that it may be asked to switch, and that no switch was made since it was proposed.
import type { Interlock } from '../../model/command.ts'
import { objectionToSwitch } from '../../model/failover-view.ts'
import { allow, veto } from './ruling.ts'

const NAME = 'failover-group'

export const failoverGroup: Interlock = (_command, proposal, { group }) => {
  if (proposal.remedy !== 'failover') return allow(NAME, 'no group is asked to switch')
  if (group === undefined || group.kind === 'unread')
    return veto(NAME, `${proposal.group} could not be read${group === undefined ? '' : `: ${group.why}`}`)
  const view = group.value?.view
  const objection = objectionToSwitch(proposal.group, view)
  if (objection !== undefined) return veto(NAME, objection)
  return view?.epoch === proposal.from
    ? allow(
        NAME,
        `a fresh read shows ${view.active} as the primary, in epoch ${view.epoch}, and a standby that could take over`,
      )
    : veto(NAME, `a fresh read shows epoch ${view?.epoch}, not ${proposal.from}: decided again on the next tick`)
}
