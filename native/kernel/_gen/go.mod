module github.com/tritkit/tritkit/native/kernel/_gen

go 1.26.0
