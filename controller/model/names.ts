// Every name that others read: API group, labels, annotations, field manager, conditions, event reasons and metrics.

export const API_GROUP = 'evenkeel.dev'
export const API_VERSION = 'v1alpha1'
export const GROUP_VERSION = `${API_GROUP}/${API_VERSION}`
export const FIELD_MANAGER = 'evenkeel'

export const LABELS = {
  guard: 'evenkeel.dev/guard',
  partOf: 'app.kubernetes.io/part-of',
  /** On the ConfigMaps of dashboards that a controller keeps: which one. */
  dashboardsOf: 'evenkeel.dev/dashboards-of',
  /** On the PrometheusRules that a controller keeps: which one. */
  alertsOf: 'evenkeel.dev/alerts-of',
  /** On a Guard: whose alerts these are, the label `team` of its alerts. */
  team: 'evenkeel.dev/team',
  /** On a Feature: what it needs, so that it is shed first when that is what is overloaded. */
  dependency: 'evenkeel.dev/dependency',
} as const

export const ANNOTATIONS = {
  /** On a Guard: until this time its service is under maintenance, which the ledger leaves out. */
  maintenanceUntil: 'evenkeel.dev/maintenance-until',
  /** On a pod: the Guard that has marked it as not serving, and so gives it back. */
  isolatedBy: 'evenkeel.dev/isolated-by',
  /** On a pod that a Guard has marked: the label's value before. */
  servingBefore: 'evenkeel.dev/serving-before',
  /** On a Secret: the base URL of the one Prometheus that its credentials may be sent to. */
  prometheusUrl: 'evenkeel.dev/prometheus-url',
  /** On a Secret: the one FailoverGroup to whose members its credentials may be sent. */
  failoverGroup: 'evenkeel.dev/failover-group',
  /** On a FailoverGroup: a switch that a person or a Guard asks for, as JSON. */
  failoverRequest: 'evenkeel.dev/failover-request',
  /** On a FailoverGroup: the epoch of the failover that a person has looked into, which ends the block after it. */
  failoverAcknowledged: 'evenkeel.dev/acknowledge-failover',
} as const

/** On a pod, "false" takes it out of load balancing: as a condition (and readiness gate), a label or an annotation. */
export const SERVING_MARK = 'evenkeel.dev/serving'

/** Condition types of a FailoverGroup, beside Accepted. */
export const GROUP_CONDITIONS = {
  /** Every member could be asked. */
  observed: 'Observed',
  /** The active member answers as the primary, and no other says that it is one. */
  available: 'Available',
  /** Were the primary lost now, a standby could take over. */
  failoverReady: 'FailoverReady',
  /** The member to fail back to is well, without lag, for the soak time. */
  failbackReady: 'FailbackReady',
  /** No automatic failover is made: the last one has not been acknowledged. */
  blocked: 'RecoveryBlocked',
  /** A failover is needed, and a rule stands against it: a human is needed. */
  refused: 'FailoverRefused',
} as const

/** Reasons of them that others go by. */
export const GROUP_REASONS = {
  /** Another than the active member says that it is the primary. */
  twoPrimaries: 'TwoPrimaries',
} as const

/** Condition types of a Guard; a Feature has the first. */
export const CONDITIONS = {
  /** The spec can be used as it is. */
  accepted: 'Accepted',
  /** Every signal the limits need was measured on every pod. */
  observed: 'Observed',
  /** No limit is breached; Unknown while that can't be told. */
  healthy: 'Healthy',
  /** A limit is breached and no remedy is left: a human is needed. */
  exhausted: 'Exhausted',
} as const

/** Reasons of Kubernetes Events. */
export const EVENT_REASONS = {
  breached: 'LimitBreached',
  released: 'LimitReleased',
  acted: 'RemedyApplied',
  wouldAct: 'RemedyProposed',
  vetoed: 'RemedyVetoed',
  failed: 'RemedyFailed',
  exhausted: 'RemediesExhausted',
  rejected: 'SpecRejected',
  circuitOpened: 'CircuitOpened',
  circuitClosed: 'CircuitClosed',
  budgetBurning: 'ErrorBudgetBurning',
  budgetSteady: 'ErrorBudgetSteady',
  fleetPanic: 'FleetPanic',
  overridden: 'FeatureOverridden',
  overrideEnded: 'FeatureOverrideEnded',
  demandDropped: 'FeatureDemandDropped',
  switchProposed: 'SwitchProposed',
  switchStarted: 'SwitchStarted',
  switchDone: 'SwitchDone',
  switchAbandoned: 'SwitchAbandoned',
  switchFailed: 'SwitchFailed',
  switchRefused: 'SwitchRefused',
  primaryAdopted: 'PrimaryAdopted',
  primaryResumed: 'PrimaryResumed',
  memberRejoined: 'MemberRejoined',
  blockEnded: 'RecoveryBlockEnded',
  failbackReady: 'FailbackReady',
  drillPassed: 'DrillPassed',
  drillFailed: 'DrillFailed',
  podGivenBack: 'PodGivenBack',
} as const

/** Metric names on Evenkeel's own /metrics. */
export const METRICS = {
  actions: 'evenkeel_actions_total',
  alertPushes: 'evenkeel_alert_pushes_total',
  decisions: 'evenkeel_decisions_total',
  events: 'evenkeel_events_total',
  guardActReversals: 'evenkeel_guard_act_reversals',
  guardActsFailing: 'evenkeel_guard_acts_failing',
  failovers: 'evenkeel_failovers_total',
  failoverDuration: 'evenkeel_failover_duration_seconds',
  failoverGroupActive: 'evenkeel_failover_group_active',
  failoverGroupCondition: 'evenkeel_failover_group_condition',
  failoverGroupDrill: 'evenkeel_failover_group_drill_passed',
  failoverGroupEpoch: 'evenkeel_failover_group_epoch',
  failoverGroupLag: 'evenkeel_failover_group_member_lag',
  failoverGroupLagLimit: 'evenkeel_failover_group_lag_limit',
  failoverGroupLastSwitch: 'evenkeel_failover_group_last_switch_timestamp_seconds',
  failoverGroupMemberUp: 'evenkeel_failover_group_member_up',
  failoverGroupRefused: 'evenkeel_failover_group_refused',
  failoverGroupSwitching: 'evenkeel_failover_group_switching',
  failoverGroupUnacknowledged: 'evenkeel_failover_group_unacknowledged',
  featureState: 'evenkeel_feature_state',
  flagEvaluations: 'evenkeel_flag_evaluations_total',
  flagStreams: 'evenkeel_flag_streams',
  fleetPanic: 'evenkeel_fleet_panic',
  guardAvailability: 'evenkeel_guard_availability',
  guardBindingResource: 'evenkeel_guard_binding_resource',
  guardBudgetBurning: 'evenkeel_guard_error_budget_burning',
  guardBudgetRemaining: 'evenkeel_guard_error_budget_remaining',
  guardBurnRate: 'evenkeel_guard_burn_rate',
  guardBreached: 'evenkeel_guard_limit_breached',
  guardCircuitState: 'evenkeel_guard_circuit_state',
  guardCondition: 'evenkeel_guard_condition',
  guardFeaturesOff: 'evenkeel_guard_features_off',
  guardFlowLimit: 'evenkeel_guard_flow_limit',
  guardIncidentOpen: 'evenkeel_guard_incident_open',
  guardInMaintenance: 'evenkeel_guard_in_maintenance',
  guardLastAction: 'evenkeel_guard_last_action_timestamp_seconds',
  guardLedgerCoverage: 'evenkeel_guard_ledger_coverage',
  guardLedgerSeconds: 'evenkeel_guard_ledger_seconds',
  guardLimit: 'evenkeel_guard_limit',
  guardMtbf: 'evenkeel_guard_mtbf_seconds',
  guardMttr: 'evenkeel_guard_mttr_seconds',
  guardObjective: 'evenkeel_guard_objective',
  guardOutages: 'evenkeel_guard_outages',
  guardPodsIsolated: 'evenkeel_guard_pods_isolated',
  guardRemedyPending: 'evenkeel_guard_remedy_pending',
  guardRefused: 'evenkeel_guard_refused',
  guardReplicas: 'evenkeel_guard_replicas',
  guardRequests: 'evenkeel_guard_requests_total',
  guardRequestsFailed: 'evenkeel_guard_requests_failed_total',
  guardRequestsSlow: 'evenkeel_guard_requests_slow_total',
  guardRequestsTimed: 'evenkeel_guard_requests_timed_total',
  guardRung: 'evenkeel_guard_rung',
  guardSignal: 'evenkeel_guard_signal',
  guardSignalUnknown: 'evenkeel_guard_signal_unknown',
  kubeRequestDuration: 'evenkeel_kube_request_duration_seconds',
  leader: 'evenkeel_leader',
  probeAnswers: 'evenkeel_probe_answers_total',
  queries: 'evenkeel_prometheus_queries_total',
  scrapes: 'evenkeel_scrapes_total',
  serviceBackends: 'evenkeel_service_backends',
  servicePanic: 'evenkeel_service_panic',
  tickDuration: 'evenkeel_tick_duration_seconds',
  tickLag: 'evenkeel_tick_lag_seconds',
  vetoes: 'evenkeel_vetoes_total',
  buildInfo: 'evenkeel_build_info',
} as const

/** Recording rules, in the names of Sloth. Those of a window end in it: `slo:sli_error:ratio_rate5m`. */
export const RECORDED = {
  /** Requests per second that count, and those of them that are bad: apart, so that sums can be divided. */
  total: 'slo:sli_total:rate',
  bad: 'slo:sli_bad:rate',
  errorRatio: 'slo:sli_error:ratio_rate',
  objective: 'slo:objective:ratio',
  budget: 'slo:error_budget:ratio',
  burnRate: 'slo:current_burn_rate:ratio',
  budgetRemaining: 'slo:period_error_budget_remaining:ratio',
} as const

/** Names of alerts. */
export const ALERTS = {
  availabilityBurn: 'ErrorBudgetBurn',
  latencyBurn: 'LatencyBudgetBurn',
  limitBreached: 'LimitBreached',
  exhausted: 'RemedyExhausted',
  failing: 'RemedyFailing',
  flapping: 'RemedyFlapping',
  metricsAbsent: 'MetricsAbsent',
  signalsUnknown: 'SignalsUnknown',
  down: 'EvenkeelDown',
  noLeader: 'EvenkeelNoLeader',
  loopLag: 'EvenkeelLoopLag',
  fleetPanic: 'EvenkeelFleetPanic',
  guardRefused: 'EvenkeelGuardRefused',
  servicePanic: 'EvenkeelServicePanic',
  failoverRefused: 'FailoverRefused',
  failoverUnavailable: 'FailoverGroupUnavailable',
  failoverFailed: 'FailoverFailed',
  failoverUnacknowledged: 'FailoverUnacknowledged',
  failoverNotReady: 'FailoverNotReady',
  failoverMemberDown: 'FailoverMemberDown',
  failoverLagging: 'FailoverReplicaLagging',
  failoverDrillFailed: 'FailoverDrillFailed',
  failoverGroupRefused: 'FailoverGroupRefused',
  failbackReady: 'FailbackReady',
  pushFailing: 'EvenkeelPushFailing',
  watchdog: 'EvenkeelWatchdog',
} as const

/** Uids of the dashboards, by which links find them. */
export const DASHBOARDS = {
  service: 'evenkeel-service',
  fleet: 'evenkeel-fleet',
  reliability: 'evenkeel-reliability',
  failover: 'evenkeel-failover',
  evenkeel: 'evenkeel-itself',
} as const
