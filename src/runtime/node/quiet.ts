import { isMainThread } from 'node:worker_threads';

/**
 * onnxruntime-node 1.30 on Linux writes a device id and queued events into the home folder, log files into the temporary one, and
 * knows an address to send them to. It asks this variable when its library is loaded, so this module comes before the library.
 */
const SWITCH = 'ORT_DISABLE_TELEMETRY';

// A worker's `process.env` is a copy that native code does not see: setting it there would only look right. Children inherit it.
if (isMainThread) process.env[SWITCH] ??= '1';

/** Whether the library, loaded now, is told to keep quiet, or to talk by somebody who set the variable on purpose. */
export const isToldAboutTelemetry = (): boolean => process.env[SWITCH] !== undefined;

/** Why it is not loaded otherwise, and what to do. */
export const telemetryReason =
  `its telemetry cannot be switched off in a worker thread. Import yosegi in the main thread first, or start Node with ` +
  `the environment variable ${SWITCH}=1`;
