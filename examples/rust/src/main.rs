//! The whole of a host in Rust, over wasmtime: converts one GGUF. docs/abi.md has the loop.
//! usage: convert tritkit.wasm IN.gguf OUT.gguf TYPE

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{SystemTime, UNIX_EPOCH};
use wasmtime::{Caller, Engine, Extern, Instance, Linker, Memory, Module, Result, Store, Val};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, from, to, kind] = &args[..] else { wasmtime::bail!("usage: convert tritkit.wasm IN.gguf OUT.gguf TYPE") };
    let (input, output) = (File::open(from)?, File::create(to)?);

    let engine = Engine::default();
    let module = Module::from_file(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let instance = system(&engine, &module)?.instantiate(&mut store, &module)?;
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "_initialize")?.call(&mut store, ())?;

    let options = format!(r#"{{"inputs":[{{"name":"model.gguf","size":{}}}],"options":{{"type":"{kind}"}}}}"#, input.metadata()?.len());
    let n = options.len() as i32;
    let at = call(&instance, &mut store, "tk_alloc", &[n])?;
    memory.write(&mut store, at as u32 as usize, options.as_bytes())?;
    let job = call(&instance, &mut store, "tk_job", &[3, at, n])?;
    let block = if job > 0 { call(&instance, &mut store, "tk_req", &[job])? as u32 as usize } else { 0 };
    let step = instance.get_typed_func::<(i32, i32), i32>(&mut store, "tk_step")?;
    let mut moved = 0;
    let state = loop {
        let state = if job > 0 { step.call(&mut store, (job, moved))? } else { job };
        if state <= 0 {
            break state;
        }
        let data = memory.data_mut(&mut store);
        let u32_at = |i: usize| u32::from_le_bytes(data[block + i..block + i + 4].try_into().unwrap()) as usize;
        let (op, ptr, len) = (u32_at(0), u32_at(8), u32_at(12));
        let offset = u64::from_le_bytes(data[block + 16..block + 24].try_into().unwrap());
        let bytes = &mut data[ptr..ptr + len];
        let done = match op {
            1 => input.read_at(bytes, offset),
            2 => output.write_at(bytes, offset),
            _ => Ok(0),
        };
        moved = done.map_or(-1, |n| n as i32);
    };
    let out = call(&instance, &mut store, "tk_out", &[job.max(0)])? as u32 as usize;
    let data = memory.data(&store);
    let u32_at = |i: usize| u32::from_le_bytes(data[i..i + 4].try_into().unwrap()) as usize;
    let (ptr, len) = (u32_at(out), u32_at(out + 4));
    println!("{}", String::from_utf8_lossy(&data[ptr..ptr + len]));
    std::process::exit(if state < 0 { 1 } else { 0 });
}

fn call(instance: &Instance, store: &mut Store<()>, name: &str, args: &[i32]) -> Result<i32> {
    let f = instance.get_func(&mut *store, name).unwrap();
    let mut result = [Val::I32(0)];
    f.call(store, &args.iter().map(|&x| Val::I32(x)).collect::<Vec<_>>(), &mut result)?;
    Ok(result[0].unwrap_i32())
}

/// What the module imports: a clock, random numbers, and no files.
fn system(engine: &Engine, module: &Module) -> Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    linker.allow_shadowing(true);
    for import in module.imports() {
        let answer = if import.name().starts_with("fd_") { 8 } else { 0 }; // EBADF, or done
        let ty = import.ty().unwrap_func().clone();
        linker.func_new(import.module(), import.name(), ty, move |_, _, results| {
            if let Some(r) = results.first_mut() {
                *r = Val::I32(answer);
            }
            Ok(())
        })?;
    }
    let wasi = "wasi_snapshot_preview1";
    for name in ["args_sizes_get", "environ_sizes_get"] {
        linker.func_wrap(wasi, name, |mut c: Caller<'_, ()>, count: i32, bytes: i32| -> Result<i32> {
            let m = memory(&mut c);
            m.write(&mut c, count as usize, &[0; 4])?;
            m.write(&mut c, bytes as usize, &[0; 4])?;
            Ok(0)
        })?;
    }
    linker.func_wrap(wasi, "clock_time_get", |mut c: Caller<'_, ()>, _: i32, _: i64, at: i32| -> Result<i32> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        memory(&mut c).write(&mut c, at as usize, &now.to_le_bytes())?;
        Ok(0)
    })?;
    linker.func_wrap(wasi, "random_get", |mut c: Caller<'_, ()>, at: i32, n: i32| -> Result<i32> {
        let mut bytes = vec![0; n as usize];
        getrandom::fill(&mut bytes).map_err(|e| wasmtime::format_err!("random numbers: {e}"))?;
        memory(&mut c).write(&mut c, at as usize, &bytes)?;
        Ok(0)
    })?;
    Ok(linker)
}

fn memory(c: &mut Caller<'_, ()>) -> Memory {
    c.get_export("memory").and_then(Extern::into_memory).unwrap()
}
