/** Where the consoles begin. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { Look } from './look/look'
import './look/console.css'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Look>
        <App />
      </Look>
    </StrictMode>,
  )
}
