module example.org/ringfence/bindings/go

go 1.19
