"""What every request needs: headers, cookies, forms, languages, errors, windows."""
