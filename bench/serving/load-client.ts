// A closed loop of clients in a process of its own: each sends its next request when the last is answered.
// Usage: load-client.ts URL CLIENTS SECONDS BODIES-FILE; prints one JSON line with the latencies, ms.

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const [url = '', clients = '1', seconds = '1', bodiesFile = ''] = process.argv.slice(2)
const bodies = JSON.parse(readFileSync(bodiesFile, 'utf8')) as readonly string[]
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) })

function send(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      }
    )
    call.on('error', reject)
    call.end(body)
  })
}

const latenciesMs: number[] = []
const failures: Record<string, number> = {}
const warmUntil = performance.now() + 3000
const until = warmUntil + Number(seconds) * 1000

async function client(first: number): Promise<void> {
  for (let turn = first; performance.now() < until; turn += 1) {
    const began = performance.now()
    const status = await send(bodies[turn % bodies.length] ?? '').catch(() => 0)
    if (began < warmUntil) continue
    if (status === 200) latenciesMs.push(performance.now() - began)
    else failures[status] = (failures[status] ?? 0) + 1
  }
}

await Promise.all(Array.from({ length: Number(clients) }, (_, index) => client(index * 17)))
agent.destroy()
process.stdout.write(`${JSON.stringify({ seconds: Number(seconds), latenciesMs, failures })}\n`)
