"""Small applications to learn from, each runnable: python -m cherrypy.tutorial.tut01_helloworld."""
