// Commands that the runbooks of FailoverGroups share.
import { ANNOTATIONS } from '../../../controller/model/names.ts'

export const LOOK = `npx evenkeel failovers -n "$NAMESPACE"
kubectl describe failovergroup "$GROUP" -n "$NAMESPACE"      # conditions, members, history, Events
npx evenkeel failover "$NAMESPACE/$GROUP" --dry-run          # whom it would choose, and what stands against each`

export const ACKNOWLEDGE = `\`\`\`sh
npx evenkeel failover "$NAMESPACE/$GROUP" --acknowledge
\`\`\`

Without the command line, with the epoch of that failover:

\`\`\`sh
EPOCH=$(kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.block.epoch}')      # when the block is over: of the last Failover in .status.history that is Done
kubectl annotate failovergroup "$GROUP" -n "$NAMESPACE" --overwrite ${ANNOTATIONS.failoverAcknowledged}=$EPOCH
\`\`\``

/** Takes our hands off the group, without taking our eyes off it. */
export const BY_HAND = `- To work by hand undisturbed, let the group only watch, and act again when done:

  \`\`\`sh
  kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Observe"}}'
  kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Enforce"}}'
  \`\`\``
