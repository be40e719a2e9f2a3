// Not of the module: who installs trit need not download a model. Tests read it from the repository.
module github.com/tritkit/tritkit/testdata/trained

go 1.26
