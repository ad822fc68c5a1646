export interface Observer<Data> {
  onData(data: Data): void;
  /** The subscription runs: read what was missed. Called after **each** connection, the first one included. */
  onConnected(): void;
  /** Nothing follows: the user must sign in again, or may not listen. Lost connections come back by themselves. */
  onEnd(error: unknown): void;
}
