// Judges an ONNX model before any runtime sees it: versions, operators, names, flow, tensors, files that it
// names. What passes may still be wrong; then it fails in an executor, which is a process that may die.

import { dirname, join } from 'node:path'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import { checkFunctions, functionKey } from './check-functions.ts'
import { checkSparse, checkTensor, checkValue, Neighbours } from './check-tensor.ts'
import type { GraphDescription, ModelDescription, NodeDescription } from './description.ts'
import { elementCount } from './element-types.ts'
import { type Flow, flowOf, givenNames } from './graph-flow.ts'
import { IR_VERSIONS, MAX_ASKED_ELEMENTS, OPERATOR_DOMAINS, OPSET_VERSIONS } from './limits.ts'
import { invalid, ModelRefusal, quoted, unsafe } from './model-refusal.ts'
import { readOnnx } from './read-graph.ts'
import { inSteps, type Steps } from './steps.ts'

/** What the nodes of one scope may use. */
interface Checking {
  readonly neighbours: Neighbours
  readonly functions: ReadonlySet<string>
  readonly domains: ReadonlySet<string>
}

function checkVersions({ irVersion, opsets }: ModelDescription): void {
  const { from, to } = IR_VERSIONS
  if (irVersion < from || irVersion > to)
    throw invalid(`has IR version ${irVersion}; export it with one from ${from} to ${to}.`)
  for (const { domain, version } of opsets) {
    if (domain !== '') continue
    if (version < OPSET_VERSIONS.from || version > OPSET_VERSIONS.to)
      throw invalid(
        `uses operator set ${version}; export it with one from ${OPSET_VERSIONS.from} to ${OPSET_VERSIONS.to}.`
      )
  }
}

function refuseTwice(names: Iterable<string>, what: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw invalid(`has two ${what} named ${quoted(name)}; export it again.`)
    seen.add(name)
  }
}

function checkOperator(node: NodeDescription, { functions, domains }: Checking): void {
  const { op, domain } = node
  if (op === '') throw invalid('has a node without an operator.')
  if (functions.has(functionKey(node))) return
  if (!OPERATOR_DOMAINS.has(domain))
    throw unsafe(
      `needs the operator ${quoted(op)} of ${quoted(domain)}, which is not part of ONNX Runtime; export it with standard operators.`
    )
  if (!domains.has(domain))
    throw invalid(
      `uses ${quoted(op)} without naming an operator set of ${quoted(domain || 'ai.onnx')}.`
    )
}

/** A node that stands for a compiled engine names the engine's file, and sometimes the model it came from. */
function checkEngine({ op, attributes }: NodeDescription, neighbours: Neighbours): void {
  if (op !== 'EPContext') return
  const attribute = (name: string) => attributes.find((candidate) => candidate.name === name)
  const embedded = (attribute('embed_mode')?.integer ?? 1) !== 0
  for (const name of ['ep_cache_context', 'onnx_model_filename']) {
    const found = attribute(name)
    if (!found || (embedded && name === 'ep_cache_context') || found.text === '') continue
    if (found.text === undefined) throw unsafe('names an engine file with a path that is too long.')
    neighbours.sizeOf(found.text)
  }
}

/** The input or attribute of an operator that says how large its result is. */
const SIZED_BY: Readonly<Record<string, number | string>> = {
  ConstantOfShape: 0,
  Expand: 1,
  RandomNormal: 'shape',
  RandomUniform: 'shape'
}

function checkAsked(
  { op, inputs, attributes }: NodeDescription,
  constants: ReadonlyMap<string, readonly number[]>
): void {
  const by = SIZED_BY[op]
  if (by === undefined) return
  const dims =
    typeof by === 'number'
      ? constants.get(inputs[by] ?? '')
      : attributes.find(({ name }) => name === by)?.integers
  if (dims && elementCount(dims) > MAX_ASKED_ELEMENTS)
    throw unsafe(
      `asks with ${op} for a tensor of [${dims.slice(0, 8).join(', ')}], more than ${MAX_ASKED_ELEMENTS} elements.`
    )
}

/** Small integer tensors of a graph by name, which may be shapes. */
function constantsOf({ initialisers, nodes }: GraphDescription): Map<string, readonly number[]> {
  const constants = new Map<string, readonly number[]>()
  for (const { name, integers } of initialisers) if (integers) constants.set(name, integers)
  for (const { op, outputs, attributes } of nodes) {
    if (op !== 'Constant') continue
    const [value] = attributes
    const integers = value?.tensors[0]?.integers ?? value?.integers
    if (integers) constants.set(outputs[0] ?? '', integers)
  }
  return constants
}

function* checkNode(
  node: NodeDescription,
  constants: ReadonlyMap<string, readonly number[]>,
  checking: Checking
): Steps<void> {
  const { neighbours } = checking
  checkOperator(node, checking)
  checkEngine(node, neighbours)
  checkAsked(node, constants)
  refuseTwice(
    node.attributes.map(({ name }) => name),
    'attributes of one node'
  )
  for (const { tensors, sparse, graphs } of node.attributes) {
    for (const tensor of tensors) checkTensor(tensor, neighbours)
    for (const tensor of sparse) checkSparse(tensor, neighbours)
    for (const graph of graphs) yield* checkGraph(graph, checking)
  }
  yield
}

/** Checks one graph and those inside it; that names from outside exist is for the outermost to say. */
function* checkGraph(graph: GraphDescription, checking: Checking): Steps<Flow> {
  const { nodes, initialisers, sparse, inputs, outputs, values } = graph
  for (const tensor of initialisers) {
    checkTensor(tensor, checking.neighbours)
    if (tensor.name === '') throw invalid('has weights without a name.')
    yield
  }
  for (const tensor of sparse) checkSparse(tensor, checking.neighbours)
  for (const value of [...inputs, ...outputs, ...values]) checkValue(value)
  refuseTwice(
    inputs.map(({ name }) => name),
    'inputs'
  )
  refuseTwice(
    outputs.map(({ name }) => name),
    'outputs'
  )
  refuseTwice(
    [...initialisers, ...sparse.map((item) => item.values)].map(({ name }) => name),
    'weights'
  )
  refuseTwice(
    nodes.flatMap(({ name }) => name || []),
    'nodes'
  )
  const given = givenNames(graph)
  refuseTwice(
    nodes.flatMap((node) => node.outputs.filter((name) => name !== '')).concat([...given]),
    'values'
  )
  const constants = constantsOf(graph)
  for (const node of nodes) yield* checkNode(node, constants, checking)
  return yield* flowOf(graph)
}

/** Refuses what an outermost graph reads and nobody gives. */
function checkGiven(
  { order, reads }: Flow,
  given: Iterable<string>,
  wanted: readonly string[]
): void {
  const known = new Set(given)
  for (const { outputs } of order) for (const name of outputs) known.add(name)
  for (const [index, names] of reads.entries()) {
    for (const name of names) {
      if (known.has(name)) continue
      const node = order[index]
      throw invalid(
        `has the node ${quoted(node?.name || node?.op || '')}, which reads ${quoted(name)}, but nothing gives it; export it again.`
      )
    }
  }
  for (const name of wanted)
    if (!known.has(name))
      throw invalid(`promises the output ${quoted(name)}, but nothing gives it.`)
}

/**
 * Checks what a model says of itself.
 * @param folder where the model lies; files that it names must lie there too
 * @throws ModelRefusal NS_BUNDLE_INVALID, NS_MODEL_UNSAFE
 */
function* checkModel(model: ModelDescription, folder: string): Steps<void> {
  const { graph, functions, opsets } = model
  checkVersions(model)
  checkFunctions(model)
  const neighbours = new Neighbours(folder)
  const keys = new Set(functions.map((item) => functionKey({ ...item, op: item.name })))
  const domains = new Set(opsets.map(({ domain }) => domain))
  const flow = yield* checkGraph(graph, { neighbours, functions: keys, domains })
  if (graph.outputs.length === 0) throw invalid('has no output.')
  checkGiven(
    flow,
    givenNames(graph),
    graph.outputs.map(({ name }) => name)
  )
  for (const item of functions) {
    const inside = new Set(item.opsets.map(({ domain }) => domain))
    const body = { ...EMPTY, nodes: item.nodes }
    const flow = yield* checkGraph(body, { neighbours, functions: keys, domains: inside })
    checkGiven(flow, item.inputs, item.outputs)
  }
}

const EMPTY = { name: '', initialisers: [], sparse: [], inputs: [], outputs: [], values: [] }

/**
 * Reads an ONNX file of a bundle and refuses it when it is damaged, contradictory or hostile. Lets the event
 * loop turn; memory and time are bounded whatever the file holds.
 * @param folder the bundle's folder
 * @param path the file's path in it; a refusal begins with it
 * @throws NearsideError NS_BUNDLE_INVALID, NS_MODEL_UNSAFE
 */
export async function checkOnnxFile(folder: string, path: string): Promise<ModelDescription> {
  const full = join(folder, path)
  try {
    const model = await inSteps(readOnnx(full))
    await inSteps(checkModel(model, dirname(full)))
    return model
  } catch (error) {
    if (!(error instanceof ModelRefusal)) throw toNearsideError(error)
    throw new NearsideError(error.code, `${path}: ${error.message}`, { details: { file: path } })
  }
}
