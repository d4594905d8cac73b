// What a request is told that leaves the queue without an answer, or never enters it.

import { NearsideError } from '../../contract/index.ts'

export function overloaded(model: string, queueLimit: number): NearsideError {
  const sentence = `${queueLimit} requests already wait for ${model}; try again in a moment.`
  return new NearsideError('NS_INFERENCE_OVERLOADED', sentence)
}

export function cancelled(): NearsideError {
  return new NearsideError('NS_JOB_CANCELLED', 'The request was cancelled before it was answered.')
}

export function overdue(model: string, timeoutMs: number): NearsideError {
  const sentence = `The request waited ${timeoutMs} ms for ${model} without being started; try again, or allow it more time.`
  return new NearsideError('NS_INFERENCE_DEADLINE', sentence)
}

/** A server gave another number of answers than it was asked for; whose they are cannot be told. */
export function miscounted(model: string, answers: number, requests: number): NearsideError {
  const sentence = `${model} gave ${answers} answers to ${requests} requests; the log holds the details.`
  return new NearsideError('NS_INTERNAL', sentence)
}
