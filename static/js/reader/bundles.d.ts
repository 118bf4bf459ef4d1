// The server makes it of spoilers.js and all that it imports (liveblog/web/bundle.py).

declare module "*/spoilers.bundle.js" {
  export const spoils: typeof import("./spoilers.js").spoils;
}
