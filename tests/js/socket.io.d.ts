/** Node's Socket.IO server is installed for `bench/node` only. */
declare module "socket.io";
