import react from '@vitejs/plugin-react';
import { defineConfig, type Connect } from 'vite';

// `make console` passes the values of a deployed stage, and the token that the page must present for them. The local
// stack's page loads the config.json beside it.
const { CONSOLE_CONFIG, CONSOLE_TOKEN, CONSOLE_POLICY, CONSOLE_PORT = '4200' } = process.env;
const config: Connect.NextHandleFunction = (request, response) => {
  response.setHeader('cache-control', 'no-store');
  response.statusCode = request.headers['console-token'] === CONSOLE_TOKEN ? 200 : 403;
  response.end(response.statusCode === 200 ? CONSOLE_CONFIG : undefined);
};

export default defineConfig({
  base: './', // the built page works at any address
  plugins: [
    react(),
    { name: 'config', configurePreviewServer: ({ middlewares }) => void middlewares.use('/config.json', config) },
  ],
  build: { chunkSizeWarningLimit: 4000 }, // kB: the editor is Monaco
  worker: { format: 'es' },
  preview: {
    host: '127.0.0.1',
    port: Number(CONSOLE_PORT),
    strictPort: true,
    cors: false,
    headers: { 'content-security-policy': CONSOLE_POLICY ?? "default-src 'none'", 'referrer-policy': 'no-referrer' },
  },
});
