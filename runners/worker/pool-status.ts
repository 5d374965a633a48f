/** Status of a pool's workers: one method in addition to those of Beam, on the same port. */
import { credentials, Client, type MethodDefinition } from "@grpc/grpc-js";

export interface WorkerState {
  /** Id and control endpoint. */
  name: string;
  pid: number;
  /** Time since its last answer to the pool, ms. */
  silentMs: number;
}

const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const decode = (bytes: Buffer): unknown => JSON.parse(bytes.toString()) as unknown;

export const workersMethod: MethodDefinition<object, WorkerState[]> = {
  path: "/muonitor.WorkerPool/Workers",
  requestStream: false,
  responseStream: false,
  requestSerialize: encode,
  requestDeserialize: () => ({}),
  responseSerialize: encode,
  responseDeserialize: (bytes) => decode(bytes) as WorkerState[],
};

/** The workers of a pool. @throws when it does not answer in time */
export async function workersOf(address: string, withinMs: number): Promise<WorkerState[]> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = workersMethod;
  try {
    return await new Promise((resolve, reject) => {
      const deadline = Date.now() + withinMs;
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        { deadline },
        (error, workers) => (error === null ? resolve(workers ?? []) : reject(error)),
      );
    });
  } finally {
    client.close();
  }
}
