// The TCP server of HAProxy's agent-check: reads which server asks, answers one line, and closes.
import { createServer, type Server, type Socket } from 'node:net'
import type { Milliseconds } from '../controller/model/units.ts'
import type { AnswerCounts } from './counts.ts'
import { type AgentQuestion, agentLine, parseQuestion } from './dialects/agent.ts'
import type { Verdicts } from './verdicts.ts'

/** Who asks for nothing within this time has no agent-send, and is told nothing. */
const ASK_WITHIN_MS: Milliseconds = 2_000
const LONGEST_QUESTION = 512
const MOST_CONNECTIONS = 5_000

export function createAgentServer(verdicts: Verdicts, counts: AnswerCounts): Server {
  const server = createServer((socket) => serve(socket, (line) => answer(line)))
  server.maxConnections = MOST_CONNECTIONS
  return server

  function answer(line: string): string | undefined {
    const question = parseQuestion(line)
    if (question === undefined) return undefined
    const verdict = ask(verdicts, question)
    counts.agent[verdict.kind === 'unknown' ? 'unknown' : verdict.place] += 1
    return agentLine(verdict)
  }
}

function ask(verdicts: Verdicts, question: AgentQuestion) {
  const { namespace, service } = question
  return question.pod === undefined
    ? verdicts.service(namespace, question.service)
    : verdicts.pod(namespace, question.pod, service)
}

function serve(socket: Socket, answer: (line: string) => string | undefined): void {
  let text = ''
  let isDone = false
  const end = (line: string | undefined) => {
    isDone = true
    // Without an answer HAProxy keeps the last one.
    if (line === undefined) socket.end()
    else socket.end(line)
  }
  socket.setEncoding('utf8')
  socket.setTimeout(ASK_WITHIN_MS, () => socket.destroy())
  // A client that is gone has nothing to be told.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    if (isDone) return
    text += chunk
    const newline = text.indexOf('\n')
    if (newline !== -1) end(answer(text.slice(0, newline)))
    else if (text.length > LONGEST_QUESTION) end(undefined)
  })
}
