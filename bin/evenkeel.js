#!/usr/bin/env node
// The `evenkeel` command: compiled JavaScript in the published package, the TypeScript source in a checkout.
import { existsSync } from 'node:fs'
import './require-node.js'

const source = new URL('../controller/cli.ts', import.meta.url)
const compiled = new URL('../dist/controller/cli.js', import.meta.url)
const { main } = await import((existsSync(source) ? source : compiled).href)
await main(process.argv)
