/** What we use of the Socket.IO client; its own types are not part of the bundle. */
export interface Socket {
  connected: boolean;
  active: boolean;
  connect(): Socket;
  disconnect(): Socket;
  on(event: string, listener: (message: any) => void): Socket;
  emit(event: string, ...message: unknown[]): Socket;
  io: {
    on(event: string, listener: (message?: any) => void): void;
    engine: { on(event: "handshake", listener: (opened: { now: number }) => void): void };
  };
}

export function io(address: string, options: Record<string, unknown> & {
  auth?: (give: (fields: Record<string, unknown>) => void) => void;
}): Socket;
