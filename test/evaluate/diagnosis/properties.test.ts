// What holds for every diagnosis, whatever is read.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiagnosisInput, diagnose } from '../../../controller/evaluate/diagnosis/diagnose.ts'
import { type KnownReading, type PodReading, RESOURCES } from '../../../controller/model/resource.ts'
import type { Observation } from '../../../controller/model/signal.ts'
import { finding, input } from './cases.ts'

const ratio = fc.oneof(fc.double({ min: 0, max: 1.2, noNaN: true }), fc.constantFrom(0, 0.5, 0.7, 0.85, 0.9, 0.95, 1))
const place = fc.constantFrom('a', 'b', 'c', 'node x')
const known = fc
  .record({
    resource: fc.constantFrom(...RESOURCES.filter((one) => one !== 'pod')),
    kind: fc.constant('ok' as const),
    utilisation: ratio,
    amount: fc.constantFrom('some', 'much'),
    evidence: fc.constantFrom('it is so', 'it is otherwise'),
    of: fc.option(place, { nil: undefined }),
    saturation: fc.option(fc.constant('some wait'), { nil: undefined }),
    sign: fc.constantFrom('fails' as const, 'slow' as const),
  })
  .map(
    ({ of, saturation, ...rest }): KnownReading => ({
      ...rest,
      ...(of === undefined ? {} : { of }),
      ...(saturation === undefined ? {} : { saturation }),
    }),
  )
const unknown = fc.record({
  resource: fc.constantFrom(...RESOURCES),
  kind: fc.constant('unknown' as const),
  why: fc.constantFrom('timeout', 'HTTP 500'),
})
const observation: fc.Arbitrary<Observation | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant({ kind: 'unknown' as const, why: 'timeout' }),
  ratio.map((value) => ({ kind: 'ok' as const, value })),
)
const podReading: fc.Arbitrary<PodReading> = fc
  .record({
    requests: fc.nat(300),
    errors: fc.option(fc.nat(300), { nil: undefined }),
    latencyP95: fc.option(fc.double({ min: 0.001, max: 9, noNaN: true }), { nil: undefined }),
    pool: fc.option(fc.record({ used: fc.nat(20), max: fc.nat(20) }), { nil: undefined }),
  })
  .map((rest) => ({ pod: '', ...rest }))
const given: fc.Arbitrary<DiagnosisInput> = fc
  .record({
    observations: fc.record({ cpu: observation, pool: observation, queue: observation }),
    readings: fc.array(fc.oneof(known, unknown), { maxLength: 12 }),
    pods: fc
      .array(podReading, { maxLength: 5 })
      .map((pods) => pods.map((one, i) => ({ ...one, pod: 'abcde'[i] ?? '' }))),
    findings: fc.constantFrom([finding('errors')], [finding('cpu')], [finding('latency'), finding('pool')]),
  })
  .map((one) => input(one))

describe('a diagnosis', () => {
  it('is the same for the same input', () => {
    fc.assert(
      fc.property(given, (one) => {
        expect(diagnose(one)).toEqual(diagnose(structuredClone(one)))
      }),
    )
  })

  it('does not depend on the order of the readings and pods', () => {
    // Few resources and few utilisations, so that many readings are alike.
    const alike = fc.array(
      fc
        .tuple(known, fc.constantFrom('sockets' as const, 'pool' as const), fc.constantFrom(0.5, 1))
        .map(([one, resource, utilisation]): KnownReading => ({ ...one, resource, utilisation })),
      { minLength: 2, maxLength: 6 },
    )
    const crowded = fc.tuple(given, alike).map(([one, readings]) => ({ ...one, readings }))
    const shuffled = fc
      .oneof(given, crowded)
      .chain((one) =>
        fc.tuple(
          fc.constant(one),
          fc.shuffledSubarray([...one.readings], { minLength: one.readings.length }),
          fc.shuffledSubarray([...one.pods], { minLength: one.pods.length }),
        ),
      )
    fc.assert(
      fc.property(shuffled, ([one, readings, pods]) => {
        expect(diagnose({ ...one, readings, pods })).toEqual(diagnose(one))
      }),
    )
  })

  it('never names a resource of which nothing is known', () => {
    fc.assert(
      fc.property(given, (one) => {
        const diagnosis = diagnose(one)
        if (diagnosis.kind === 'notKnown') return
        const { resource } = diagnosis
        const { cpu, pool, queue } = one.observations
        const isRead =
          one.readings.some((reading) => reading.kind === 'ok' && reading.resource === resource) ||
          (resource === 'cpu' && cpu?.kind === 'ok') ||
          (resource === 'queue' && queue?.kind === 'ok') ||
          (resource === 'pool' && (pool?.kind === 'ok' || one.pods.some((pod) => pod.pool !== undefined))) ||
          (resource === 'pod' && one.pods.length > 1)
        expect(isRead).toBe(true)
      }),
    )
  })

  it('names nothing else when unknown readings are added', () => {
    fc.assert(
      fc.property(given, fc.array(unknown), (one, more) => {
        const [before, after] = [diagnose(one), diagnose({ ...one, readings: [...one.readings, ...more] })]
        if (before.kind === 'known') expect(after).toEqual(before)
        else expect(after.kind).toBe('notKnown')
      }),
    )
  })

  it('goes on naming a resource of which even more is used', () => {
    fc.assert(
      fc.property(given, fc.double({ min: 0, max: 1, noNaN: true }), (one, more) => {
        const before = diagnose(one)
        if (before.kind === 'notKnown' || before.resource === 'pod') return
        const { resource } = before
        const raise = (seen: Observation | undefined) =>
          seen?.kind === 'ok' ? { ...seen, value: seen.value + more } : seen
        const { observations, readings } = one
        const after = diagnose({
          ...one,
          observations: {
            ...observations,
            ...(resource === 'cpu' || resource === 'pool' || resource === 'queue'
              ? { [resource]: raise(observations[resource]) }
              : {}),
          },
          readings: readings.map((reading) =>
            reading.kind === 'ok' && reading.resource === resource
              ? { ...reading, utilisation: reading.utilisation + more }
              : reading,
          ),
        })
        expect(after).toMatchObject({ kind: 'known', resource })
      }),
      { numRuns: 2000 },
    )
  })

  it('neither names CPU below 90 % nor rules out what it names', () => {
    fc.assert(
      fc.property(given, (one) => {
        const diagnosis = diagnose(one)
        if (diagnosis.kind === 'notKnown') return
        if (diagnosis.resource === 'cpu') expect(diagnosis.utilisation).toBeGreaterThanOrEqual(0.9)
        expect(diagnosis.ruledOut.map(({ resource }) => resource)).not.toContain(diagnosis.resource)
      }),
    )
  })
})
