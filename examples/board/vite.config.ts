import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const client = fileURLToPath(new URL('../../packages/client/src', import.meta.url));

export default defineConfig({
  base: './', // the built page works at any address
  resolve: {
    // The board is built from the client's sources, and with the board's packages.
    alias: {
      'tasks-api-client/react': `${client}/react.ts`,
      'tasks-api-client/sync': `${client}/sync/index.ts`,
      'tasks-api-client': `${client}/index.ts`,
    },
    dedupe: ['@tanstack/db', '@tanstack/offline-transactions', 'react'],
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
