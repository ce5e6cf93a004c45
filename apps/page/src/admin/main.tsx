import { render } from 'preact'
import '../style/admin.css'
import { AdminPage } from './admin-page.tsx'
import { followCluster } from './live.ts'

followCluster()
render(<AdminPage />, document.getElementById('page')!)
