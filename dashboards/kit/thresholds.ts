// Colours by value, and words by value.
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard'

export type Step = readonly [from: number, color: string]

/** `base` below the first step, then the colour of each step from its value on. */
export function thresholds(base: string, ...steps: readonly Step[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: base }, ...steps.map(([value, color]) => ({ value, color }))])
}

export type Word = readonly [value: number, text: string, color: string]

/** Values as words, each in its colour. */
export function wordsOf(words: readonly Word[]): ValueMap[] {
  const options = Object.fromEntries(words.map(([value, text, color], index) => [value, { text, color, index }]))
  return [{ type: MappingType.ValueToText, options }]
}

export const YES_NO: readonly Word[] = [
  [0, 'no', 'green'],
  [1, 'yes', 'red'],
]
export const MAINTENANCE_WORDS: readonly Word[] = [
  [0, 'no', 'text'],
  [1, 'maintenance', 'purple'],
]
/** The status of a Kubernetes condition that is well when True. */
export const CONDITION_WORDS: readonly Word[] = [
  [-1, 'Unknown', 'purple'],
  [0, 'False', 'red'],
  [1, 'True', 'green'],
]
/** Of one that is well when False. */
export const ALARM_WORDS: readonly Word[] = [
  [-1, 'Unknown', 'purple'],
  [0, 'False', 'green'],
  [1, 'True', 'red'],
]
/** Of one that is neither. */
export const NEWS_WORDS: readonly Word[] = [
  [-1, 'Unknown', 'purple'],
  [0, 'False', 'text'],
  [1, 'True', 'blue'],
]
