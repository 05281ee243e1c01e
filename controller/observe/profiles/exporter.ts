// A profile of what an exporter tells beside the service: only the signals that it has names for.
import type { SignalSources } from '../../model/signal-source.ts'

export type ExporterSources = Partial<SignalSources>
