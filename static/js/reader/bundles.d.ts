// What pages' scripts fetch later; the server makes a bundle of each and all that it imports (liveblog/web/bundle.py).

declare module "*/spoilers.bundle.js" {
  export const spoils: typeof import("./spoilers.js").spoils;
}

declare module "*/large_picture.bundle.js" {
  export const open: typeof import("./large_picture.js").open;
}
