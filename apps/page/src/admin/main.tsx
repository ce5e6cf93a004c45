import { effect } from '@preact/signals'
import { render } from 'preact'
import '../style/admin.css'
import { AdminPage } from './admin-page.tsx'
import { followCluster } from './live.ts'
import { isLoggedIn, readSession } from './session.ts'

effect(() => (isLoggedIn.value ? followCluster() : undefined))
void readSession()
render(<AdminPage />, document.getElementById('page')!)
