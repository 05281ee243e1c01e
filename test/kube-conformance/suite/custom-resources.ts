// CustomResourceDefinitions: schemas are enforced, and what a CRD declares is served while it is there.
import { describe, expect, test, vi } from 'vitest'
import { BOAT_CRD } from './boat-crd.ts'
import { BOATS, boat, CRDS, GUARDS, guard, INCIDENTS } from './paths.ts'
import { at, listAt } from './read.ts'
import { expectCode, expectRefusal, freshName, type Subject, soon } from './subject.ts'

export function customResourceTests(subject: () => Subject): void {
  const call: Subject['call'] = (...request) => subject().call(...request)
  const launch = (spec: object) => call('POST', BOATS, { body: boat(freshName(), spec) })

  describe('a schema', () => {
    test('fills in defaults, also inside of defaults', async () => {
      const made = expectCode(await launch({ hull: 'steel' }), 201)
      expect(made.spec).toEqual({ hull: 'steel', crew: 2, engine: { power: 'wind' } })
      const partly = expectCode(await launch({ hull: 'steel', engine: { hours: 3 }, crew: 0 }), 201)
      expect(partly.spec).toEqual({ hull: 'steel', crew: 0, engine: { power: 'wind', hours: 3 } })
    })

    test('prunes what it does not know, except where it keeps everything', async () => {
      const spec = {
        hull: 'steel',
        wings: 2,
        engine: { fuel: 'x' },
        cargo: { any: { thing: 1 } },
        masts: [{ height: 1, colour: 'red' }],
      }
      const made = expectCode(await call('POST', BOATS, { body: { ...boat(freshName(), spec), extra: true } }), 201)
      expect(made.spec).toEqual({
        hull: 'steel',
        crew: 2,
        engine: { power: 'wind' },
        cargo: { any: { thing: 1 } },
        masts: [{ height: 1 }],
      })
      expect(made).not.toHaveProperty('extra')
    })

    test('keeps null where it is allowed, and takes it for nothing where there is a default', async () => {
      const made = expectCode(await launch({ hull: 'steel', owner: null, crew: null }), 201)
      expect(made.spec).toMatchObject({ owner: null, crew: 2 })
      const nameless = expectCode(await launch({ hull: 'steel', name: null }), 201)
      expect(nameless.spec).not.toHaveProperty('name')
      expectRefusal(await launch({ hull: null }), 422, 'Invalid')
    })

    test.each([[80], ['http']])('takes %j for an int-or-string', async (port) => {
      expect(expectCode(await launch({ hull: 'steel', port }), 201).spec).toMatchObject({ port })
    })

    test.each<[string, object, string, string, string]>([
      ['a missing field', {}, 'spec.hull', 'FieldValueRequired', 'Required value'],
      [
        'a word that is not among those allowed',
        { hull: 'paper' },
        'spec.hull',
        'FieldValueNotSupported',
        'Unsupported value: "paper": supported values: "steel", "wood"',
      ],
      [
        'a number for a text',
        { hull: 'steel', name: 7 },
        'spec.name',
        'FieldValueInvalid',
        'spec.name in body must be of type string: "integer"',
      ],
      [
        'a text for a number',
        { hull: 'steel', crew: 'two' },
        'spec.crew',
        'FieldValueInvalid',
        'spec.crew in body must be of type integer: "string"',
      ],
      [
        'a fraction for a whole number',
        { hull: 'steel', crew: 1.5 },
        'spec.crew',
        'FieldValueInvalid',
        'spec.crew in body must be of type integer',
      ],
      [
        'a list for an object',
        { hull: 'steel', engine: [] },
        'spec.engine',
        'FieldValueInvalid',
        'spec.engine in body must be of type object: "array"',
      ],
      [
        'too short a text',
        { hull: 'steel', name: 'a' },
        'spec.name',
        'FieldValueInvalid',
        'spec.name in body should be at least 2 chars long',
      ],
      [
        'too long a text',
        { hull: 'steel', name: 'abcdefghij' },
        'spec.name',
        'FieldValueInvalid',
        'at most 8 chars long',
      ],
      [
        'a text of another pattern',
        { hull: 'steel', name: 'A1' },
        'spec.name',
        'FieldValueInvalid',
        "spec.name in body should match '^[a-z]+$'",
      ],
      [
        'too small a number',
        { hull: 'steel', crew: -1 },
        'spec.crew',
        'FieldValueInvalid',
        'spec.crew in body should be greater than or equal to 0',
      ],
      [
        'too large a number',
        { hull: 'steel', crew: 99 },
        'spec.crew',
        'FieldValueInvalid',
        'should be less than or equal to 9',
      ],
      [
        'too few items',
        { hull: 'steel', masts: [] },
        'spec.masts',
        'FieldValueInvalid',
        'spec.masts in body should have at least 1 items',
      ],
      [
        'an item of another type',
        { hull: 'steel', masts: [{ height: 'tall' }] },
        'spec.masts.height',
        'FieldValueInvalid',
        'must be of type number: "string"',
      ],
      [
        'what is no time',
        { hull: 'steel', built: 'yesterday' },
        'spec.built',
        'FieldValueInvalid',
        'spec.built in body must be of type date-time: "yesterday"',
      ],
      [
        'a value of another type in a map',
        { hull: 'steel', flags: { a: 1 } },
        'spec.flags.a',
        'FieldValueInvalid',
        'must be of type string: "integer"',
      ],
      [
        'an int-or-string that is neither',
        { hull: 'steel', port: true },
        'spec.port',
        'FieldValueInvalid',
        'spec.port in body must be of type integer,string: "boolean"',
      ],
    ])('refuses %s and names the field', async (_, spec, field, reason, words) => {
      const reply = await launch(spec)
      const message = expectRefusal(reply, 422, 'Invalid')
      expect(message).toMatch(/^Boat\.conformance\.test "[a-z0-9-]+" is invalid: /)
      expect(message).toContain(words)
      const [cause] = listAt(reply.body, 'details', 'causes')
      expect(cause).toMatchObject({ reason })
      // Older servers leave the index of an item out.
      expect(String(at(cause, 'field')).replaceAll(/\[\d+\]/g, '')).toBe(field)
    })

    test('reports every wrong field at once', async () => {
      const reply = await launch({ hull: 'paper', crew: -1 })
      const message = expectRefusal(reply, 422, 'Invalid')
      expect(message).toContain('is invalid: [')
      const fields = listAt(reply.body, 'details', 'causes').map((cause) =>
        String(at(cause, 'field')).replace(/^\./, ''),
      )
      expect([...new Set(fields)].toSorted()).toEqual(['spec.crew', 'spec.hull'])
    })
  })

  describe('our own CRDs', () => {
    test('give a Guard its defaults', async () => {
      const made = expectCode(await call('POST', GUARDS, { body: guard(freshName()) }), 201)
      expect(made.spec).toMatchObject({
        mode: 'Observe',
        target: { kind: 'Deployment', name: 'checkout' },
        signals: { profile: 'prom-client' },
        limits: { cpu: '90%', hold: '2s' },
      })
      const spec = { signals: { from: { scrape: { path: '/stats' } } } }
      const scraped = expectCode(await call('POST', GUARDS, { body: guard(freshName(), spec) }), 201)
      expect(at(scraped.spec, 'signals', 'from', 'scrape')).toMatchObject({
        port: 'metrics',
        path: '/stats',
        interval: '1s',
      })
    })

    test.each<[string, object, string]>([
      ['an unknown mode', { mode: 'Sometimes' }, 'spec.mode: Unsupported value: "Sometimes"'],
      ['a target without a name', { target: {} }, 'spec.target.name: Required value'],
      [
        'an interval that is no duration',
        { signals: { from: { scrape: { interval: 'often' } } } },
        'spec.signals.from.scrape.interval',
      ],
    ])('refuse %s', async (_, spec, words) => {
      expect(expectRefusal(await call('POST', GUARDS, { body: guard(freshName(), spec) }), 422, 'Invalid')).toContain(
        words,
      )
    })

    test('take an Incident and its status', async () => {
      const name = freshName('incident')
      const body = {
        apiVersion: 'evenkeel.dev/v1alpha1',
        kind: 'Incident',
        metadata: { name },
        spec: { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } },
      }
      expectCode(await call('POST', INCIDENTS, { body }), 201)
      const at_ = '2026-01-02T03:04:05.678Z'
      const status = { summary: 'x', onset: at_, detectedAt: at_, findings: [], actions: [], timeline: [] }
      const written = expectCode(await call('PATCH', `${INCIDENTS}/${name}/status`, { body: { status } }), 200)
      expect(written.status).toMatchObject({ phase: 'Open', onset: at_ })
    })
  })

  describe('a CRD', () => {
    const crd = (plural: string) => ({
      ...BOAT_CRD,
      metadata: { name: `${plural}.conformance.test` },
      spec: {
        ...BOAT_CRD.spec,
        names: { kind: plural.toUpperCase(), plural },
      },
    })

    test('is established and served, and takes its objects with it when it goes', async () => {
      const plural = 'rafts'
      const path = `/apis/conformance.test/v1/namespaces/default/${plural}`
      expectCode(await call('POST', CRDS, { body: crd(plural) }), 201)
      await vi.waitFor(async () => {
        const found = expectCode(await call('GET', `${CRDS}/${plural}.conformance.test`), 200)
        expect(listAt(found, 'status', 'conditions')).toEqual(
          expect.arrayContaining([expect.objectContaining({ type: 'Established', status: 'True' })]),
        )
        expect(found.status).toMatchObject({
          acceptedNames: { plural, listKind: 'RAFTSList', singular: 'rafts' },
          storedVersions: ['v1'],
        })
      }, soon)
      const body = { metadata: { name: 'one' }, spec: { hull: 'wood' } }
      const sent = { ...body, apiVersion: 'conformance.test/v1', kind: 'RAFTS' }
      await vi.waitFor(async () => expectCode(await call('POST', path, { body: sent }), 201), soon)
      expectCode(await call('DELETE', `${CRDS}/${plural}.conformance.test`), 200)
      await vi.waitFor(async () => expect((await call('GET', path)).code).toBe(404), soon)
      await vi.waitFor(
        async () => expect((await call('GET', `${CRDS}/${plural}.conformance.test`)).code).toBe(404),
        soon,
      )
      await vi.waitFor(async () => expectCode(await call('POST', CRDS, { body: crd(plural) }), 201), soon)
      await vi.waitFor(async () => expect(listAt(expectCode(await call('GET', path), 200), 'items')).toEqual([]), soon)
    })

    test('must be called by its plural and group', async () => {
      const body = { ...crd('dinghies'), metadata: { name: 'other.conformance.test' } }
      expect(expectRefusal(await call('POST', CRDS, { body }), 422, 'Invalid')).toContain(
        'must be spec.names.plural+"."+spec.group',
      )
    })
  })
}
