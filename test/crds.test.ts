import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { crdFiles } from '../scripts/crds.ts'

const files = crdFiles()

describe('the generated CRDs', () => {
  it.each(files)('deploy/crds/$name is what the model says (else: npm run generate)', ({ name, yaml }) => {
    expect(readFileSync(new URL(`../deploy/crds/${name}`, import.meta.url), 'utf8')).toBe(yaml)
  })

  it.each(files)('$name is structural: every node has a type, and no union holds one', ({ yaml }) => {
    const schema = parse(yaml).spec.versions[0].schema.openAPIV3Schema
    let nodes = 0
    const visit = (node: Record<string, unknown>, path: string): void => {
      nodes++
      if (node['x-kubernetes-int-or-string'] !== true && node['x-kubernetes-preserve-unknown-fields'] !== true)
        expect(node.type, path).toBeTypeOf('string')
      expect(node.additionalProperties === undefined || node.properties === undefined, path).toBe(true)
      for (const [key, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${key}`)
      if (node.items) visit(node.items as Record<string, unknown>, `${path}[]`)
    }
    visit(schema, '$')
    expect(nodes).toBeGreaterThan(20)
  })

  it.each(files)('$name describes every field of spec and status', ({ yaml }) => {
    const { spec, status } = parse(yaml).spec.versions[0].schema.openAPIV3Schema.properties
    const silent: string[] = []
    const visit = (node: Record<string, unknown>, path: string): void => {
      for (const [key, child] of Object.entries((node.properties ?? {}) as Record<string, Record<string, unknown>>)) {
        if (child.description === undefined) silent.push(`${path}.${key}`)
        visit(child, `${path}.${key}`)
      }
      if (node.items) visit(node.items as Record<string, unknown>, `${path}[]`)
    }
    visit(spec, 'spec')
    visit(status, 'status')
    expect(silent).toEqual([])
  })
})
