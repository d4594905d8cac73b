// What installs need from others: the checks of a bundle (models) and the switch of a model (inference).

/** Checks a bundle folder: every file against the manifest, the manifest against its signature. */
export interface BundleChecks {
  /** @throws NearsideError NS_BUNDLE_INVALID, _DIGEST, _UNSIGNED, _SIGNATURE or _KEY_UNKNOWN */
  verify(dir: string): Promise<void>
}

export interface ActivationHooks {
  /** Called when the golden check has passed, right before requests go to the new version. */
  readonly onSwitching: () => void
}

/** Loads a bundle, runs its golden inputs, and switches between two batches. */
export interface ModelActivator {
  /**
   * Resolves when the new version serves. Until then, and after any failure, the old one serves.
   * @throws NearsideError NS_GOLDEN_MISMATCH, NS_INFERENCE_FAILED, NS_INFERENCE_RUNTIME_MISSING
   */
  activate(dir: string, hooks: ActivationHooks): Promise<unknown>
}

/** A bundle that ships with the device; it is never removed. */
export interface BuiltinBundle {
  readonly name: string
  readonly version: string
  readonly dir: string
}
