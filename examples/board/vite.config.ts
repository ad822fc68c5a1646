import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // the built page works at any address
  // AWS's links import graphql's CommonJS files, which would put all of graphql into the bundle a second time.
  resolve: {
    alias: {
      url: fileURLToPath(new URL('src/url.ts', import.meta.url)),
      'graphql/index.js': 'graphql/index.mjs',
      'graphql/language/printer.js': 'graphql/language/printer.mjs',
    },
  },
  plugins: [
    react(),
    {
      name: 'config',
      // `make board` passes the stack's values; the built page loads the config.json beside it.
      configureServer: ({ middlewares }) => {
        middlewares.use('/config.json', (_request, response) => response.end(process.env.BOARD_CONFIG));
      },
    },
  ],
  server: { host: '127.0.0.1', port: Number(process.env.BOARD_PORT ?? 4100), strictPort: true },
});
