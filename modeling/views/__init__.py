"""The pages: fetch what the user may see, bind the form, call the service, answer."""
