// The Kubernetes Events Evenkeel writes about a Feature: one constructor per event.
import type { EventNote, EventSubject } from '../kube/events.ts'
import type { FeatureState, FeatureValue } from '../model/feature.ts'
import { EVENT_REASONS, GROUP_VERSION } from '../model/names.ts'

export function featureSubject(feature: { namespace: string; name: string; uid: string }): EventSubject {
  return {
    apiVersion: GROUP_VERSION,
    kind: 'Feature',
    namespace: feature.namespace,
    name: feature.name,
    uid: feature.uid,
  }
}

export function overridden(regarding: EventSubject, value: FeatureValue | undefined, reason: string): EventNote {
  const note = `Services are told ${JSON.stringify(value)}: ${reason}.`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.overridden, action: 'Override', note }
}

export function overrideEnded(regarding: EventSubject, state: FeatureState): EventNote {
  const note = `The override has ended; the feature is ${state} again.`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.overrideEnded, action: 'Override', note }
}

export function demandDropped(regarding: EventSubject, guard: string): EventNote {
  const note = `The Guard ${guard}, which asked for less, is gone: its demand is dropped.`
  return { regarding, type: 'Normal', reason: EVENT_REASONS.demandDropped, action: 'Restore', note }
}

export function featureRejected(regarding: EventSubject, why: string): EventNote {
  return { regarding, type: 'Warning', reason: EVENT_REASONS.rejected, action: 'Validate', note: why }
}
