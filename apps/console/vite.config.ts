import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

const api = process.env['ANLAN_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['@anlan/source', ...defaultClientConditions] },
  server: { proxy: { '/api': api, '/a': api } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Chromium 100 and Firefox ESR: what duty seats really run.
    target: ['chrome100', 'firefox115', 'safari16'],
    // The page's policy allows no data: fonts or inline styles; everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      // Our libraries only declare; dropping what is unused keeps the validation library out of the page.
      output: {
        // Few requests for the first load: one for what others wrote, one for what every screen shares.
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|react-i18next|i18next|use-sync-external-store|@tanstack)\// },
            {
              name: 'house',
              test: /\/apps\/console\/src\/(app|parts|data|words|sound|alarms)\/(?!detail\.|timeline\.)|\/libs\/contracts\//,
            },
          ],
        },
      },
      treeshake: { moduleSideEffects: (id: string) => !/\/libs\/contracts\/|\/node_modules\/zod\//.test(id) },
    },
  },
});
