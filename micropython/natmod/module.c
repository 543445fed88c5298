/* import vox: fills in the types and puts them into the module. */
#include "glue.h"

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)
{
    (void)n_args;
    (void)n_kw;
    (void)args;
    MP_DYNRUNTIME_INIT_ENTRY
    array_init();
    model_type_init();
    listener_type_init();
    event_type_init();
    mp_store_global(MP_QSTR_Model, MP_OBJ_FROM_PTR(&vox_model_type));
    mp_store_global(MP_QSTR_Listener, MP_OBJ_FROM_PTR(&vox_listener_type));
    mp_store_global(MP_QSTR_Event, MP_OBJ_FROM_PTR(&vox_event_type));
#ifdef VOX_LITE
    mp_store_global(MP_QSTR_lite, mp_const_true);
#else
    mp_store_global(MP_QSTR_lite, mp_const_false);
#endif
    mp_store_global(MP_QSTR_version, mp_obj_new_str(VOX_VERSION, sizeof VOX_VERSION - 1u));
    MP_DYNRUNTIME_INIT_EXIT
}
