// Services of the shop for tests: real processes, as the kubelet would run them, each on a loopback address of its own.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { expect, vi } from 'vitest'
import { createAddresses } from '../../../sandbox/kubelet/addresses.ts'
import { type ProcessExit, spawnTethered, type TetheredProcess } from '../../../sandbox/processes/tethered.ts'

export const WITHIN = { timeout: 20_000, interval: 20 }
export const TOKEN = 'a token for tests'
const SHOP = new URL('../../../sandbox/shop/', import.meta.url).pathname

export interface ShopProcess {
  readonly process: TetheredProcess
  readonly ip: string
  /** Of its routes. */
  readonly url: string
  /** Of health, metrics and faults. */
  readonly side: string
  log(): string
  fault(fault: object): Promise<void>
  /** The sum over the series of a metric that have these labels; undefined when there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>
}

export interface ShopProcesses {
  /** Resolves when it is ready, or with `isReady` false when it answers at all. */
  start(service: string, settings?: Readonly<Record<string, string>>, isReady?: boolean): Promise<ShopProcess>
  stop(): Promise<void>
}

export function createShopProcesses(): ShopProcesses {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-shop-'))
  const addresses = createAddresses()
  const all: ShopProcess[] = []

  return {
    async start(service, settings = {}, isReady = true) {
      const ip = settings.POD_IP ?? (await addresses.take([8080, 9464]))
      const logFile = join(folder, `${service}-${ip}.log`)
      const logFd = openSync(logFile, 'a')
      const env = { POD_IP: ip, FAULTS: 'on', FAULT_TOKEN: TOKEN, LINGER_MS: '100', ...settings }
      const child = spawnTethered({ command: [process.execPath, join(SHOP, `${service}.ts`)], env, logFd })
      closeSync(logFd)
      const started = shopProcess(child, ip, logFile)
      all.push(started)
      const wanted = isReady ? [200] : [200, 503]
      const isUp = async () => child.exit() !== undefined || wanted.includes(await statusOf(`${started.side}/readyz`))
      await vi.waitUntil(isUp, WITHIN).catch((cause: unknown) => {
        throw new Error(`${service} was not ready in time: ${started.log()}`, { cause })
      })
      if (child.exit() !== undefined) throw new Error(`${service} did not start: ${started.log()}`)
      return started
    },
    async stop() {
      for (const { process: one } of all) one.signal('SIGKILL')
      await Promise.all(all.map(({ process: one }): Promise<ProcessExit> => one.exited))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function shopProcess(child: TetheredProcess, ip: string, logFile: string): ShopProcess {
  const side = `http://${ip}:9464`
  return {
    process: child,
    ip,
    url: `http://${ip}:8080`,
    side,
    log: () => readFileSync(logFile, 'utf8'),
    async fault(fault) {
      expect((await post(`${side}/fault`, fault, { authorization: `Bearer ${TOKEN}` })).status).toBe(200)
    },
    async metric(name, labels = {}) {
      const { text } = await get(`${side}/metrics`)
      const values = text
        .split('\n')
        .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
        .map((line) => Number(line.split(' ').at(-1)))
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value)
    },
  }
}

export interface Got {
  readonly status: number
  readonly text: string
  readonly json: () => unknown
}

/** 0 when nobody answers. */
const statusOf = (url: string) =>
  get(url).then(
    ({ status }) => status,
    () => 0,
  )

export function get(url: string): Promise<Got> {
  return ask(url, 'GET')
}

export function post(url: string, body: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Got> {
  return ask(url, 'POST', JSON.stringify(body), { 'content-type': 'application/json', ...headers })
}

async function ask(url: string, method: 'GET' | 'POST' | 'DELETE', body?: string, headers = {}): Promise<Got> {
  const response = await request(url, {
    method,
    headers,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.body.text()
  return { status: response.statusCode, text, json: () => JSON.parse(text) }
}

export const remove = (url: string): Promise<Got> => ask(url, 'DELETE')
