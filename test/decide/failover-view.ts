// A FailoverGroup as Guards see it, and a diagnosis that names what it is, for tables: each case changes what it is about.
import type { FailoverView } from '../../controller/model/failover-view.ts'
import type { DiagnosisStatus } from '../../controller/model/resource.ts'
import { timestamp } from '../../controller/record/status.ts'
import { START } from './ladder-world.ts'

export const aGroup = (change: Partial<FailoverView> = {}): FailoverView => ({
  name: 'shop-db',
  fault: undefined,
  mode: 'Enforce',
  method: 'mysql',
  names: ['shop-db', 'orders', 'db-0', 'db-1'],
  active: 'db-0',
  epoch: 4,
  available: 'True',
  ready: 'True',
  notReady: 'no standby answers.',
  blocked: 'False',
  blockedUntil: undefined,
  isSwitching: false,
  askedBy: undefined,
  ...change,
})

export const aDiagnosis = (change: Partial<DiagnosisStatus> = {}): DiagnosisStatus => ({
  at: timestamp(START),
  summary: 'database (300 of 300 connections, High)',
  resource: 'database',
  confidence: 'High',
  evidence: [],
  ruledOut: [],
  ...change,
})
